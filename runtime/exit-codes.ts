/**
 * How a service ends, for whoever watches it: pm2 (ecosystem.config.js) and `flotilla start`. 0: as asked; 1: anything else.
 */

/** sysexits' EX_CONFIG: starting again would not help. */
export const EXIT_BAD_SETTINGS = 78;
/** As every shell has it: 128 and the number of the signal. */
export const EXIT_SIGINT = 130;
