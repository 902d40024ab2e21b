import { readFile } from "node:fs/promises";
import type { Server, Socket } from "./net.js";

export interface Options<T extends object = Record<string, unknown>> {
  readonly name: string;
  retries?: number;
  parse: (text: string) => T | undefined;
}

type Result<T> = { ok: true; value: T } | { ok: false; error: Error };

const DEFAULTS = { retries: 3, backoff: 1.5 } as const;

// Waits longer each time, and never for ever.
export async function attempt<T>(task: () => Promise<T>, retries: number = DEFAULTS.retries): Promise<Result<T>> {
  let wait = 100;
  for (let n = 0; n <= retries; n++) {
    try {
      return { ok: true, value: await task() };
    } catch (error) {
      if (n === retries) return { ok: false, error: error instanceof Error ? error : new Error(String(error)) };
      await new Promise((resolve) => setTimeout(resolve, (wait *= DEFAULTS.backoff)));
    }
  }
  throw new Error("unreachable");
}

export class Registry<T extends object> {
  #entries = new Map<string, T>();
  private static shared?: Registry<object>;

  constructor(private readonly options: Options<T>) {}

  async load(path: string): Promise<number> {
    const text = await readFile(path, { encoding: "utf8" });
    for (const [index, line] of text.split(/\r?\n/u).entries()) {
      const value = this.options.parse(line);
      if (value !== undefined) this.#entries.set(`${this.options.name}:${index}`, value);
    }
    return this.#entries.size;
  }

  get size(): number {
    return this.#entries.size;
  }
}
