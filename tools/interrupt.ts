/** Calls a function at each signal, such as SIGINT for Ctrl-C, which then doesn't end the process. Returns a function that restores the default. */
export type OnInterrupt = (handle: () => void) => () => void;

export const onSignals =
    (...signals: NodeJS.Signals[]): OnInterrupt =>
    (handle) => {
        for (const signal of signals) process.on(signal, handle);
        return () => {
            for (const signal of signals) process.off(signal, handle);
        };
    };
