import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { searchFormula } from "@/fields/search";
import { formatNumber } from "@/lib/formats";
import { inText, labelText } from "@/lib/i18n";
import type { AppEntity, AppView } from "@/lib/wire";
import { allOf, formulaOf, type KnownCondition } from "@/render/list/conditions";
import type { ListState } from "@/render/list/useListState";
import { useFigures } from "@/render/list/useRows";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";

/** No rows: nothing there yet, or nothing that fits; then it names the condition to drop and what that would give. */
export function NoRows({ entity, view, state, conditions, newAddress }: {
  entity: AppEntity;
  view?: AppView;
  state: ListState;
  conditions: readonly KnownCondition[];
  newAddress: string;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const what = inText(entity.label);
  if (conditions.length > 0) return <NoResult entity={entity} view={view} state={state} conditions={conditions} />;
  if (state.search) {
    return (
      <EmptyState
        picture={null}
        title={t("list.no_result_search", { text: state.search, what })}
        actions={<Button onClick={() => state.setSearch("")}>{t("list.clear_search")}</Button>}
      />
    );
  }
  const canCreate = entity.may.create && !view?.filter;
  return (
    <EmptyState
      title={t("list.empty", { what })}
      actions={canCreate && <Button kind="primary" icon={<Plus />} onClick={() => void navigate(newAddress)}>{t("action.new", { what })}</Button>}
    >
      {canCreate ? t("list.empty_text") : t("list.empty_read")}
    </EmptyState>
  );
}

function NoResult({ entity, view, state, conditions }: { entity: AppEntity; view?: AppView; state: ListState; conditions: readonly KnownCondition[] }) {
  const { t } = useTranslation();
  const last = conditions.at(-1)!;
  const search = searchFormula(entity, view?.search ?? [], state.search);
  const without = allOf([view?.filter, ...conditions.slice(0, -1).map(formulaOf), state.where, search]);
  const { data } = useFigures(entity.name, { n: "count" }, without);
  const count = typeof data?.n === "number" ? data.n : undefined;
  const drop = () => state.setConditions(state.conditions.filter((each) => !(each.path === last.path && each.operator === last.operator)));
  return (
    <EmptyState
      picture={null}
      title={t("list.no_result", { count: conditions.length, what: inText(entity.label) })}
      actions={
        <>
          <Button onClick={drop}>{t("list.drop")}</Button>
          <Button kind="text" onClick={() => state.setConditions([])}>{t("list.clear")}</Button>
        </>
      }
    >
      {count !== undefined && t("list.drop_gives", { field: labelText(last.field.label), count: formatNumber(count) as never })}
    </EmptyState>
  );
}
