/** The key of the counts: by itself, since the shell asks for them and for nothing else of approvals. */
export const countsKey = ["approvals", "counts"] as const;
