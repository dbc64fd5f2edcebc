import type { AppField } from "@/lib/wire";
import { PersonName } from "./PersonName";

/** People by their ids. */
export function PersonNames({ values }: { field: AppField; values: readonly string[] }) {
  return <>{values.map((id) => <PersonName key={id} id={Number(id)} />)}</>;
}
