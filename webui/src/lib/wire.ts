/** Names for the shapes that come over the wire; all of them are made from the API's own description. */
import type { components } from "./wire.gen";

type Schemas = components["schemas"];

export type Label = Schemas["Label"];
export type AppAnswer = Schemas["AppAnswer"];
export type App = Schemas["App"];
export type AppMenu = Schemas["AppMenu"];
export type AppMenuItem = Schemas["AppMenuItem"];
export type AppEntity = Schemas["AppEntity"];
export type AppField = Schemas["AppField"];
export type AppView = Schemas["AppView"];
export type AppLayout = Schemas["AppLayout"];
export type AppColumn = Schemas["AppColumn"];
export type AppForm = Schemas["AppForm"];
export type AppSection = Schemas["AppSection"];
export type AppFormItem = Schemas["AppFormItem"];
export type User = Schemas["User"];
export type Problem = Schemas["Problem"];
export type ProblemPart = Omit<Schemas["ProblemPart"], "params"> & { params?: Record<string, unknown> };
export type BulkAnswer = Schemas["BulkAnswer"];

/** Any value that JSON can hold. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** A record of any entity: its own fields beside what every record has. Decimals are texts. */
export interface WireRecord {
  id: number;
  ref: string;
  version: number;
  created_at: string;
  created_by: number | null;
  updated_at: string;
  updated_by: number | null;
  deleted_at?: string | null;
  [name: string]: Json | undefined;
}

/** A page of records. next: the cursor of the page that follows, null on the last one. */
export interface WirePage {
  data: WireRecord[];
  next: string | null;
  previous?: string | null;
  count?: number;
}

/** Names of fields and their new values. */
export type Changes = Record<string, Json>;
