/** The types of fields as a designer shows them: icon, name, and the type that a label makes likely. */
import {
  AlignLeft, AtSign, Banknote, Barcode, Braces, Calendar, CircleDot, Clock, CornerDownRight, Globe, Hash, Layers, Link2, ListChecks,
  type LucideIcon, Network, Palette, Paperclip, Percent, Phone, Scale, Sigma, Table2, ToggleLeft, Type, User,
} from "lucide-react";

export const FIELD_TYPES = {
  text: Type, long_text: AlignLeft, integer: Hash, decimal: Hash, money: Banknote, percent: Percent, boolean: ToggleLeft,
  date: Calendar, datetime: Calendar, time: Clock, select: CircleDot, multi_select: ListChecks, reference: Link2,
  multi_reference: Network, lines: Table2, phone: Phone, email: AtSign, url: Globe, file: Paperclip, user: User,
  formula: Sigma, rollup: Layers, lookup: CornerDownRight, sequence: Barcode, balance: Scale, color: Palette, json: Braces,
} as const satisfies Record<string, LucideIcon>;

export type FieldTypeName = keyof typeof FIELD_TYPES;

export const FIELD_TYPE_NAMES = Object.keys(FIELD_TYPES) as FieldTypeName[];

/** Types whose value is worked out: nobody writes it. */
export const COMPUTED: readonly string[] = ["formula", "rollup", "lookup", "balance"];

export function isFieldType(name: string): name is FieldTypeName {
  return name in FIELD_TYPES;
}

export function fieldIcon(type: string): LucideIcon {
  return isFieldType(type) ? FIELD_TYPES[type] : Braces;
}

/** Words of labels that make a type likely, the more special ones first. */
const LIKELY: readonly [RegExp, FieldTypeName][] = [
  [/明细|清单|\blines?$|\bitems$/i, "lines"],
  [/手机|电话|phone|mobile|\btel\b/i, "phone"],
  [/邮箱|邮件|e-?mail/i, "email"],
  [/网址|链接|网站|\burl\b|website|\blink\b/i, "url"],
  [/颜色|colou?r/i, "color"],
  [/附件|文件|图片|照片|凭证|\bfile|photo|picture|attachment/i, "file"],
  [/率$|比例|占比|折扣|percent|\brate\b|ratio|discount/i, "percent"],
  [/金额|单价|价格|费用|总价|合计|实付|amount|price|cost|fee|\btotal\b/i, "money"],
  [/数量|个数|次数|人数|件数|天数|年龄|count|quantity|\bqty\b|number of|\bage\b/i, "integer"],
  [/时刻|time of day/i, "time"],
  [/时间|timestamp|\bat$|\btime\b/i, "datetime"],
  [/日期|日$|期限|\bdate\b|\bday\b|\bon$|deadline/i, "date"],
  [/^是否|^已|^可以|^允许|^有无|^(is|has|may|can)\b|enabled|\bactive\b/i, "boolean"],
  [/标签|\btags?\b|labels/i, "multi_select"],
  [/状态|类型|类别|级别|性别|方式|等级|\bstatus\b|\bstate\b|\btype\b|\bkind\b|category|\blevel\b|gender/i, "select"],
  [/负责人|经办|创建人|审核人|员工|owner|assignee|responsible/i, "user"],
  [/编号|单号|流水号|^no\.?$|number$/i, "sequence"],
  [/备注|说明|描述|原因|内容|地址|意见|notes?\b|remark|description|comment|reason|address/i, "long_text"],
  [/重量|长度|面积|体积|小数|weight|length|width|height/i, "decimal"],
];

/** The type that a label makes likely; entities: a label that is one of theirs is a reference to it. */
export function guessType(label: string, entities: readonly { name: string; text: string }[] = []): { type: FieldTypeName; to?: string } {
  const wanted = label.trim().toLowerCase();
  const entity = entities.find((each) => each.text.toLowerCase() === wanted || (each.text.length > 1 && wanted.endsWith(each.text.toLowerCase())));
  if (entity) return { type: "reference", to: entity.name };
  return { type: LIKELY.find(([pattern]) => pattern.test(label.trim()))?.[1] ?? "text" };
}
