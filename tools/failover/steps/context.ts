import type { Description } from "../../../stacks/recovery/description";
import type { Performer } from "../actions";
import type { Clock, HttpStatus, Region, Table } from "../ports";
import type { Place } from "../roles";
import type { Run } from "../run";

/** What the steps know before the run starts. */
export interface Scene {
    table: Table;
    clock: Clock;
    httpStatus: HttpStatus;
    /** Prints a line of progress. */
    notify: (line: string) => void;
    /** The region that becomes active. */
    to: Place;
    /** The region that becomes passive. Undefined if no stack has described it. */
    from?: Place;
}

export interface Context extends Scene {
    run: Run;
    performer: Performer;
}

/** Creates the requests to a region. `patient` is false for the old region, which may be down. */
export type RegionOf = (region: string, options: { patient: boolean }) => Region;

export const titleOf = ({ environment, region }: Description): string => `${environment} (${region})`;
