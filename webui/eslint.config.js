import { fileURLToPath } from "node:url";
import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import importX from "eslint-plugin-import-x";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";
import { literalText } from "./lint/literal-text.js";

const src = fileURLToPath(new URL("./src", import.meta.url));

/** Rooms in their order: each may import itself and the rooms before it. `formula` is pure and stands alone. */
const rooms = ["formula", "lib", "ui", "fields", "render", "features", "app"];

const zone = (room, others, message) => ({
  target: `${src}/${room}`,
  from: others.map((other) => `${src}/${other}`),
  message,
});

const zones = [
  ...rooms.slice(0, -1).map((room, rank) =>
    zone(room, rooms.slice(rank + 1), `${room} may not import from a room above it.`),
  ),
  zone("lib", ["formula"], "lib knows nothing of formulas; fields and what stands above it may."),
  zone("ui", ["formula"], "ui knows nothing of formulas; fields and what stands above it may."),
];

export default defineConfig(
  { ignores: ["node_modules", "src/lib/wire.gen.ts"] },
  ...tseslint.configs.recommended,
  {
    files: ["src/**/*.{ts,tsx}", "tests/**/*.{ts,tsx}"],
    plugins: { "import-x": importX, "react-hooks": hooks, tessera: { rules: { "literal-text": literalText } } },
    settings: { "import-x/resolver-next": [createTypeScriptImportResolver({ project: "./tsconfig.json" })] },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "import-x/no-cycle": ["error", { ignoreExternal: true }],
      "import-x/no-default-export": "error",
      "import-x/no-restricted-paths": ["error", { zones }],
      "no-restricted-syntax": ["error", { selector: "TSEnumDeclaration", message: "Use a union of texts." }],
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "max-lines": ["error", 500],
    },
  },
  {
    files: ["src/**/*.tsx"],
    rules: { "tessera/literal-text": "error" },
  },
  {
    // Features do not know each other: what two of them need belongs into render or below.
    files: ["src/features/**/*.{ts,tsx}"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ regex: "^@/features/", message: "A feature does not import another one; inside one use ./." }] },
      ],
    },
  },
);
