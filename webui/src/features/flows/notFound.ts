import { ApiError } from "@/lib/errors";

/** Whether the server does not know what was asked for, such as the runs of a flow that is in a draft only. */
export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.code === "not_found";
