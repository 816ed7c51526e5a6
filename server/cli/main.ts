#!/usr/bin/env node
import * as nodeModule from 'node:module';

// Node 22.8 and newer keep what they have compiled for the next start (https://nodejs.org/api/module.html#module-compile-cache).
const { enableCompileCache } = nodeModule as { enableCompileCache?: () => unknown };
enableCompileCache?.();

const { main } = await import('./program.ts');
process.exitCode = await main(process.argv.slice(2));
