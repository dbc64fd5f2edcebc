import { useParams } from "react-router";
import { DashboardView } from "@/render/dashboard/DashboardView";

/** The page of a dashboard. */
export function DashboardPage() {
  const { app = "", name = "" } = useParams();
  return <DashboardView key={name} app={app} name={name} />;
}
