import type { Command } from 'commander';
import { create } from './create.ts';
import { down } from './down.ts';
import { downTo } from './down-to.ts';
import { plan } from './plan.ts';
import { reset } from './reset.ts';
import { resolve } from './resolve.ts';
import { status } from './status.ts';
import { up } from './up.ts';
import { upByOne } from './up-by-one.ts';
import { upTo } from './up-to.ts';
import { validate } from './validate.ts';
import { version } from './version.ts';

/** Every command, in the order of `gander --help`. Each defines itself on the program. */
export const commands: readonly ((program: Command) => void)[] = [
  status,
  plan,
  up,
  upByOne,
  upTo,
  down,
  downTo,
  reset,
  version,
  validate,
  create,
  resolve,
];
