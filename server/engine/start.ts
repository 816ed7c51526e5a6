// A smaller door, for who starts often and seldom has anything to do: it loads what can tell that nothing is pending.

export { describeHolder } from './lock.ts';
export { Migrator } from './migrator.ts';
export { folder } from './source.ts';
