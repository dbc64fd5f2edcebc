import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));
const target = join(here, "../platform/tessera/web/ui");
const server = process.env.TESSERA_SERVER ?? `http://127.0.0.1:${process.env.TESSERA_PORT ?? "8000"}`;

/** Every text file of the build once more as .gz, so that the server need not compress anything. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    writeBundle: {
      sequential: true,
      handler() {
        const walk = (folder: string): string[] =>
          readdirSync(folder).flatMap((name) => {
            const path = join(folder, name);
            return statSync(path).isDirectory() ? walk(path) : [path];
          });
        for (const path of walk(target)) {
          if (!/\.(js|css|svg|json)$/.test(path)) continue;
          writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION }));
        }
      },
    },
  };
}

/**
 * Each part of antd, and each icon, from its own file: through their index files, all that any page uses would seem to be
 * needed from the start.
 */
function parts(): Plugin {
  const kebab = (name: string) => name.replace(/([a-z0-9])([A-Z])|([a-zA-Z])([0-9])/g, "$1$3-$2$4").toLowerCase();
  const own = (names: string, write: (name: string, as: string) => string) =>
    names
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each && !each.startsWith("type "))
      .map((each) => {
        const [name = "", as = name] = each.split(/\s+as\s+/);
        return write(name, as);
      })
      .join("");
  return {
    name: "parts",
    enforce: "pre",
    apply: "build",
    transform(code, id) {
      if (!id.startsWith(join(here, "src")) || !/from "(antd|lucide-react)"/.test(code)) return null;
      return code
        .replace(/import \{([^}]*)\} from "antd";/g, (_, names: string) =>
          own(names, (name, as) => `import ${as} from "antd/es/${kebab(name)}";`),
        )
        .replace(/import \{([^}]*)\} from "lucide-react";/g, (_, names: string) =>
          own(names, (name, as) => `import ${as} from "lucide-react/dist/esm/icons/${kebab(name)}.mjs";`),
        );
    },
  };
}

type Graph = { getModuleInfo: (id: string) => { importedIds: readonly string[] } | null };

let shell: Set<string> | null = null;

/** Whether the page needs a module from the start: all of those go into one file, so that few are asked for. */
function isInShell(id: string, graph: Graph): boolean {
  if (!shell) {
    shell = new Set();
    const waiting = [join(here, "src/app/main.tsx")];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (shell.has(next)) continue;
      shell.add(next);
      waiting.push(...(graph.getModuleInfo(next)?.importedIds ?? []));
    }
  }
  return shell.has(id);
}

export default defineConfig({
  root: here,
  plugins: [parts(), react(), packed()],
  resolve: { alias: { "@": join(here, "src") } },
  // The server puts a fresh nonce in the place of this word into each page that it sends.
  html: { cspNonce: "TESSERA_NONCE" },
  build: {
    outDir: target,
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    target: "es2023",
    rolldownOptions: {
      // antd's context touches its form library, which does not say that importing it does nothing.
      treeshake: { moduleSideEffects: [{ test: /@rc-component[\\/](form|async-validator)[\\/]/, sideEffects: false }] },
      output: {
        codeSplitting: {
          groups: [{ debugName: "shell", name: (id: string, graph: Graph) => (isInShell(id, graph) && !id.endsWith(".css") ? "shell" : null), priority: 10 }],
        },
      },
    },
  },
  server: {
    host: "127.0.0.1",
    port: Number(process.env.TESSERA_UI_PORT ?? "5173"),
    strictPort: true,
    // The Host header stays as it is, so that the server takes the page's origin for its own.
    proxy: Object.fromEntries(["/api", "/health", "/ready"].map((path) => [path, { target: server }])),
  },
});
