// Made by `npm run gen` from the rules in proto/. Do not edit.

/** The limits of each field, by message and by the names of JSON Schema. Lengths are in code points. */
export const limits = {} as const
