import { useOffer } from "@/lib/offer";

/** Whether somebody may make releases. */
export function useMayPublish(): boolean {
  const { user, may } = useOffer();
  return user.is_admin || may.includes("publish");
}
