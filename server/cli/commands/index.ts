import type { Command } from '../command.ts';

/** Every command, in the order of `gander --help`. Loading one takes time, so each is loaded when it is called. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  status: async () => (await import('./status.ts')).status,
  plan: async () => (await import('./plan.ts')).plan,
  rehearse: async () => (await import('./rehearse.ts')).rehearse,
  up: async () => (await import('./up.ts')).up,
  'up-by-one': async () => (await import('./up-by-one.ts')).upByOne,
  'up-to': async () => (await import('./up-to.ts')).upTo,
  down: async () => (await import('./down.ts')).down,
  'down-to': async () => (await import('./down-to.ts')).downTo,
  redo: async () => (await import('./redo.ts')).redo,
  reset: async () => (await import('./reset.ts')).reset,
  schema: async () => (await import('./schema.ts')).schema,
  diff: async () => (await import('./diff.ts')).diff,
  version: async () => (await import('./version.ts')).version,
  create: async () => (await import('./create.ts')).create,
  fix: async () => (await import('./fix.ts')).fix,
  validate: async () => (await import('./validate.ts')).validate,
  lint: async () => (await import('./lint.ts')).lint,
  resolve: async () => (await import('./resolve.ts')).resolve,
  baseline: async () => (await import('./baseline.ts')).baseline,
};
