import { readFileSync } from 'node:fs'
import { glob } from 'tinyglobby'
