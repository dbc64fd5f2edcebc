import type { Day, Instant } from "./moments";

/** What a formula may ask of its surroundings. zone: IANA name of the program's zone. */
export interface Host {
  today: Day;
  now: Instant;
  zone: string;
}
