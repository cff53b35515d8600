/** Loaded before the main of each process of a fleet: when the command is gone, whatever killed it, nobody is left behind. */
process.once('disconnect', () => process.exit(1));
