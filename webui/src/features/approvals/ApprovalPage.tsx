import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { PageBar } from "@/ui/PageBar";
import { SkeletonForm } from "@/ui/Skeleton";
import { approvalKeys, approvalsApi } from "./approvalsApi";
import { TaskView } from "./TaskView";

/** One approval by its address, with my own task if one waits for me. */
export function ApprovalPage() {
  const { t } = useTranslation();
  const { app = "", id = "" } = useParams();
  const number = Number(id);
  const { data, error, isPending, refetch } = useQuery({ queryKey: approvalKeys.one(number), queryFn: ({ signal }) => approvalsApi.approval(number, signal) });
  return (
    <>
      <PageBar crumbs={[{ text: t("approvals.title"), to: `/a/${app}/inbox` }, { text: data?.approval.title ?? "" }]} />
      {isPending && <SkeletonForm />}
      {error && <ErrorBlock error={error} onRetry={() => void refetch()} />}
      {data && <TaskView key={data.task?.id ?? 0} answer={data} />}
    </>
  );
}
