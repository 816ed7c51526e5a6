import type { Command } from 'commander';
import { create } from './create.ts';
import { down } from './down.ts';
import { downTo } from './down-to.ts';
import { resolve } from './resolve.ts';
import { status } from './status.ts';
import { up } from './up.ts';
import { version } from './version.ts';

/** Every command, in the order of `gander --help`. Each defines itself on the program. */
export const commands: readonly ((program: Command) => void)[] = [
  up,
  down,
  downTo,
  status,
  version,
  create,
  resolve,
];
