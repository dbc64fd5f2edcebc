import { Background, Controls, Handle, MarkerType, Position, ReactFlow, type Edge, type Node, type NodeProps } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { fieldIcon } from "@/render/builder/fieldTypes";
import { builderAddress } from "@/render/builder/places";
import { textOf } from "@/render/builder/words";
import { cx } from "@/ui/cx";
import { iconOf } from "@/ui/icons";
import { Tag } from "@/ui/Tag";
import type { EntityBody } from "@/render/builder/entityModel";
import styles from "./Diagram.module.css";
import { placesOf, referencesOf, type Held } from "./diagramModel";
import type { Entities } from "./shared";

type Data = { body: EntityBody; ledgers: string[]; timelines: string[]; isHere: boolean };
type EntityNode = Node<Data, "entity">;
const SHOWN = 7;
const nodeTypes = { entity: EntityCard };

/** All entities and their references, laid out by who refers to whom; a selected one colours its lines, Enter opens it. */
export function Diagram({ draft, entities, ledgers, timelines, here }: {
  draft: number | undefined;
  entities: Entities;
  ledgers: readonly Held[];
  timelines: readonly Held[];
  here: string;
}) {
  const { t } = useTranslation();
  const { app = "" } = useParams();
  const navigate = useNavigate();
  const [selected, setSelected] = useState(here);
  const nodes = useMemo<EntityNode[]>(() => {
    const places = placesOf(entities.map((each) => each.body));
    const of = (list: readonly Held[], name: string) => list.filter((each) => [each.body.per].flat().includes(name)).map((each) => textOf(each.body.label, each.body.name));
    return entities.map(({ key, body }) => ({
      id: key, type: "entity", position: places.get(body.name) ?? { x: 0, y: 0 }, ariaLabel: textOf(body.label, body.name),
      data: { body, ledgers: of(ledgers, body.name), timelines: of(timelines, body.name), isHere: key === selected },
    }));
  }, [entities, ledgers, selected, timelines]);
  const edges = useMemo<Edge[]>(() => {
    const keyOf = new Map(entities.map((each) => [each.body.name, each.key]));
    return entities.flatMap(({ key, body }) => referencesOf(body).flatMap((each) => {
      const target = keyOf.get(each.to);
      if (!target) return [];
      const isNear = key === selected || target === selected;
      return [{
        id: `${key}.${each.path}`, source: key, target, label: isNear ? each.label : undefined, markerEnd: { type: MarkerType.ArrowClosed },
        className: cx(styles.edge, isNear && styles.near), zIndex: isNear ? 1 : 0, focusable: false,
      }];
    }));
  }, [entities, selected]);
  return (
    <div className={styles.diagram} aria-label={t("entities.diagram")} role="region">
      <ReactFlow key={entities.length} nodes={nodes} edges={edges} nodeTypes={nodeTypes} fitView minZoom={0.2} maxZoom={1.5} nodesConnectable={false} deleteKeyCode={null}
        onNodeClick={(_, node) => setSelected(node.id)} onNodeDoubleClick={(_, node) => void navigate(builderAddress(app, "entity", node.id, draft))}
        onPaneClick={() => setSelected("")}>
        <Background gap={16} color="var(--line2)" />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

function EntityCard({ data: { body, ledgers, timelines, isHere } }: NodeProps<EntityNode>) {
  const { t } = useTranslation();
  const Icon = iconOf(typeof body.icon === "string" ? body.icon : "");
  const rest = body.fields.length - SHOWN;
  return (
    <div className={cx(styles.card, isHere && styles.here)}>
      <Handle type="target" position={Position.Right} className={styles.handle} />
      <header className={styles.head}>
        <Icon size={15} strokeWidth={1.75} aria-hidden />
        <strong>{textOf(body.label, body.name)}</strong>
      </header>
      <ul className={styles.fields}>
        {body.fields.slice(0, SHOWN).map((field) => {
          const FieldIcon = fieldIcon(field.type);
          return (
            <li key={field.uid} className={cx(field.to !== undefined && styles.link)}>
              <FieldIcon size={13} strokeWidth={1.75} aria-hidden /> {textOf(field.label, field.name)}
            </li>
          );
        })}
        {rest > 0 && <li className={styles.rest}>{t("entities.more_fields", { count: rest })}</li>}
      </ul>
      {(ledgers.length > 0 || timelines.length > 0) && (
        <footer className={styles.marks}>
          {ledgers.map((each) => <Tag key={each} tone="vio">{t("entities.ledger", { name: each })}</Tag>)}
          {timelines.map((each) => <Tag key={each} tone="teal">{t("entities.timeline", { name: each })}</Tag>)}
        </footer>
      )}
      <Handle type="source" position={Position.Left} className={styles.handle} />
    </div>
  );
}
