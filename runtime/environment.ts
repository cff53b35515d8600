/** The environment of this process, for the few that hand it on to others. Settings are read through config.ts. */
export const environmentHere = (): NodeJS.ProcessEnv => process.env;
