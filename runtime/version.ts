/** This program's version, as it is written into payloads, events and bad rows. A test holds it to package.json. */
export const PROGRAM_VERSION = '0.1.0';
