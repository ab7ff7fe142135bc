import { join } from "node:path";
import { Attempts } from "./attempts";
import { Expiring } from "./expiring";
import type { PoolSettings } from "./poolSettings";
import { openSigningKey, type SigningKey } from "./signingKey";
import type { SrpExchange } from "./srp";
import { Store } from "./store";
import type { TriggerInvoker } from "./trigger";

/** A sign-in that waits for the client's next step. Each step serves once. */
export type Challenge =
  | { kind: "PASSWORD_VERIFIER"; clientId: string; username: string; exchange: SrpExchange }
  | { kind: "NEW_PASSWORD_REQUIRED"; clientId: string; username: string };

/** One user pool at work: its settings, its state, and what it needs around it. */
export interface Pool {
  settings: PoolSettings;
  store: Store;
  key: SigningKey;
  /** By secret block or session string. Lost with the process, as sign-ins under way are short. */
  challenges: Expiring<Challenge>;
  attempts: Attempts;
  lambda: TriggerInvoker;
  /** Epoch milliseconds. */
  clock: () => number;
  log: (line: string) => void;
}

export interface PoolSurroundings {
  folder: string;
  lambda: TriggerInvoker;
  clock: () => number;
  log: (line: string) => void;
}

export async function openPool(settings: PoolSettings, around: PoolSurroundings): Promise<Pool> {
  const { folder, lambda, clock, log } = around;
  return {
    settings,
    store: await Store.open(join(folder, `${settings.id}.json`), clock),
    key: await openSigningKey(join(folder, `${settings.id}.key.pem`)),
    challenges: new Expiring(clock),
    attempts: new Attempts(clock),
    lambda,
    clock,
    log,
  };
}
