/** Refuses texts for people that stand in a component: they belong into the message files. */

const READ = new Set(["title", "label", "alt", "placeholder", "aria-label", "aria-description", "description", "okText", "cancelText", "tooltip", "help", "message"]);
const WORD = /[\p{L}]{2,}/u;

/** Code, names of keys and the like may stand as they are. */
const isPlain = (text) => !WORD.test(text) && !/\p{Script=Han}/u.test(text);

export const literalText = {
  meta: { type: "problem", schema: [], messages: { literal: "“{{text}}” belongs into the message files; use t()." } },
  create(context) {
    const refuse = (node, text) => {
      if (!isPlain(text)) context.report({ node, messageId: "literal", data: { text: text.trim().slice(0, 40) } });
    };
    return {
      JSXText(node) {
        const tag = node.parent?.openingElement?.name?.name;
        if (tag !== "code" && tag !== "Kbd") refuse(node, node.value);
      },
      JSXAttribute(node) {
        const name = node.name.name;
        if (!READ.has(typeof name === "string" ? name : "")) return;
        if (node.value?.type === "Literal" && typeof node.value.value === "string") refuse(node, node.value.value);
      },
      Literal(node) {
        if (typeof node.value === "string" && /\p{Script=Han}/u.test(node.value)) refuse(node, node.value);
      },
      TemplateElement(node) {
        if (/\p{Script=Han}/u.test(node.value.raw)) refuse(node, node.value.raw);
      },
    };
  },
};
