import { INBOX_NAMESPACE, type Access, type Namespace } from "../../protocol/namespaces";
import { partsOfChannel, userOfChannel } from "../../protocol/names";
import { ChannelError } from "./channelError";
import type { Retention } from "./messageLog";

/** A channel with what holds for it. */
export interface Channel extends Namespace {
  name: string;
  /** The user whose inbox it is, if it is one. */
  inboxOf?: string;
}

/** Who wants to do something. */
export interface Actor {
  username: string;
  groups: string[];
}

/** Knows the channels of a stack: which there may be, and who may do what with them. */
export interface Channels {
  /** The channel, or undefined if there is no such namespace, or no longer. */
  find(name: string): Channel | undefined;
  /** The channel, if this user may do that with it. @throws ChannelError */
  open(name: string, right: "subscribe" | "publish", actor: Actor): Channel;
}

/**
 * @param namespaces those of the stack's configuration
 * @param inbox how long messages to users are kept; needed by functions that store or read them
 */
export function createChannels(namespaces: Record<string, Namespace>, inbox?: Retention): Channels {
  const all = new Map(Object.entries(namespaces));
  all.set(INBOX_NAMESPACE, {
    subscribe: ["owner"],
    publish: ["authenticated"],
    history: inbox,
    presence: false,
    events: false,
  });

  function find(name: string): Channel | undefined {
    const rules = all.get(partsOfChannel(name).namespace);
    return rules && { ...rules, name, inboxOf: userOfChannel(name) };
  }

  return {
    find,
    open(name, right, actor) {
      const channel = find(name);
      if (!channel) {
        const known = [...all.keys()].join(", ");
        throw new ChannelError("unknown-channel", `channel: write one of the namespaces ${known}`);
      }
      if (channel[right].some((access) => isGranted(access, channel, actor))) return channel;
      const what = right === "subscribe" ? "read" : "publish to";
      throw new ChannelError("forbidden", `channel: you may not ${what} this channel`);
    },
  };
}

function isGranted(access: Access, channel: Channel, { username, groups }: Actor): boolean {
  if (access === "authenticated") return true;
  if (access === "owner") return username === ownerOf(channel);
  // A group may be named like anything, so only the prefix tells.
  return access.startsWith("group:") && groups.includes(access.slice("group:".length));
}

/**
 * The owner's name is all before the first slash. So nobody owns a channel of another user by a name that begins
 * with theirs; users with a slash in their name own their inbox alone.
 */
function ownerOf({ name, inboxOf }: Channel): string | undefined {
  return inboxOf ?? partsOfChannel(name).name.split("/")[0];
}
