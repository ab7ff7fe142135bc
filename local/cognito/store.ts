import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { AtomicFile } from "./atomicFile";
import type { PasswordVerifier } from "./srp";

export type UserStatus = "UNCONFIRMED" | "CONFIRMED" | "FORCE_CHANGE_PASSWORD";

/** A code that was sent to a user; times in epoch milliseconds. */
export interface Code {
  code: string;
  expires: number;
}

export interface User {
  /** The internal name: what the user signed up with, or the `sub` where people sign in by email or phone. */
  username: string;
  attributes: Record<string, string>;
  status: UserStatus;
  enabled: boolean;
  password: PasswordVerifier;
  /** When a password set by an administrator stops working, in epoch milliseconds. */
  temporaryPasswordExpires?: number;
  groups: string[];
  /** Codes that wait to be given back: `confirm`, `reset`, or `verify:` and an attribute's name. */
  codes: Record<string, Code>;
  created: number;
  modified: number;
}

/** What a refresh token stands for. Times in epoch seconds. */
export interface Session {
  /** SHA-256 of the refresh token, in hexadecimal. */
  tokenHash: string;
  username: string;
  clientId: string;
  /** Shared by every token that descends from one sign-in. */
  originJti: string;
  authTime: number;
  expires: number;
  revoked: boolean;
  /** When a rotated token stops being accepted. */
  replaced?: number;
}

interface State {
  version: 1;
  secret: string;
  users: User[];
  sessions: Session[];
}

/** AWS lets an access token live a day at most: until then a lapsed session must still be known as revoked. */
const LONGEST_ACCESS_SECONDS = 86_400;

/** The users and sessions of one pool, in memory and in one JSON file. */
export class Store {
  readonly users: Map<string, User>;
  readonly sessions: Map<string, Session>;
  /** Keys what the pool pretends about users who do not exist. */
  readonly secret: string;
  private readonly file: AtomicFile;

  private constructor(
    path: string,
    state: State,
    private readonly clock: () => number,
  ) {
    this.users = new Map(state.users.map((user) => [user.username, user]));
    this.sessions = new Map(state.sessions.map((session) => [session.tokenHash, session]));
    this.secret = state.secret;
    this.file = new AtomicFile(path, () => this.serialise());
  }

  static async open(path: string, clock: () => number): Promise<Store> {
    return new Store(path, await readState(path), clock);
  }

  /** Resolves once all changes made so far are on disk. */
  save(): Promise<void> {
    return this.file.save();
  }

  settled(): Promise<void> {
    return this.file.settled();
  }

  sessionsOf(username: string): Session[] {
    return [...this.sessions.values()].filter((session) => session.username === username);
  }

  private serialise(): string {
    const now = this.clock() / 1000;
    for (const [hash, session] of this.sessions) {
      if (session.expires + LONGEST_ACCESS_SECONDS < now) this.sessions.delete(hash);
    }
    const state: State = {
      version: 1,
      secret: this.secret,
      users: [...this.users.values()],
      sessions: [...this.sessions.values()],
    };
    return JSON.stringify(state);
  }
}

async function readState(path: string): Promise<State> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { version: 1, secret: randomBytes(32).toString("hex"), users: [], sessions: [] };
  }
  try {
    const state = JSON.parse(text) as State;
    if (state.version === 1) return state;
    throw new Error(`its version is ${String(state.version)}, not 1`);
  } catch (error) {
    throw new Error(
      `The user pool's state ${path} cannot be read (${(error as Error).message}). Restore it, or delete it to begin without users.`,
      { cause: error },
    );
  }
}
