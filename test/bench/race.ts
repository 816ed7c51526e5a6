import { median } from './figure.ts';
import { startRelay } from '../support/relay.ts';
import type { Setting } from './setting.ts';
import { EMPTY_NODE, timed, type ToolName, upOf } from './tools.ts';

/** Milliseconds of each tool, round by round, and of a Node that does nothing, for what every Node program pays. */
export interface Race {
  readonly runs: ReadonlyMap<ToolName, readonly number[]>;
  readonly emptyNode: number;
}

/** Lets the tools run in turn, so that whatever else the machine does meets all of them alike. */
export async function race(
  { tools, rounds }: Pick<Setting, 'tools' | 'rounds'>,
  run: (tool: ToolName) => Promise<number>,
): Promise<Race> {
  const runs = new Map<ToolName, number[]>(tools.map((tool) => [tool, []]));
  const starts: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const tool of tools) runs.get(tool)!.push(await run(tool));
    starts.push(await timed(EMPTY_NODE));
  }
  return { runs, emptyNode: median(starts) };
}

/** Applies all migrations of `dir` to an empty database. @param delayMs round-trip time between the two */
export async function applyAll(setting: Setting, tool: ToolName, dir: string, delayMs = 0): Promise<number> {
  const database = await setting.emptyDatabase();
  const relay = delayMs === 0 ? null : await startRelay(database, { delayMs });
  const took = await timed(upOf(tool, dir, relay?.url ?? database));
  await relay?.close();
  await setting.dropDatabase(database);
  return took;
}

/** The median of the rounds' ratios. @param offMs taken off what `tool` took in each round */
export function ratio({ runs }: Race, tool: ToolName, other: ToolName, offMs = 0): number {
  return median(runs.get(tool)!.map((took, round) => (took - offMs) / runs.get(other)![round]!));
}
