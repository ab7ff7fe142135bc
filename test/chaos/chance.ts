import { createHash } from "node:crypto";

/**
 * A number in [0, 1) that the seed and the words give. What is chosen depends on what it is chosen for, such as a
 * message's id and how often it was tried, and not on the order in which processes come to ask: so the same seed
 * makes the same choices, however the machine schedules them.
 */
export type Chance = (...words: (string | number)[]) => number;

export function createChance(seed: number): Chance {
  return (...words) => {
    const digest = createHash("sha256")
      .update(JSON.stringify([seed, ...words]))
      .digest();
    return digest.readUIntBE(0, 6) / 2 ** 48;
  };
}

export function pick<T>(items: readonly T[], chance: number): T {
  return items[Math.floor(chance * items.length)]!;
}
