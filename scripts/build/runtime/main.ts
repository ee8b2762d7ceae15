#!/usr/bin/env node
/** The Functions Framework's command, on code that the build has compiled already. */
import module from 'node:module';
import { join } from 'node:path';

// Portable: the folder is made in one place and runs in another. Another version of Node compiles again.
module.enableCompileCache({ directory: join(__dirname, '../compile-cache'), portable: true });
require('./index.js').serve();
