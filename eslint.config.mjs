import js from "@eslint/js";
import pulumi from "@pulumi/eslint-plugin";
import prettier from "eslint-config-prettier";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/", "coverage/", ".switchboard/", ".venv/", "node_modules/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts", "**/*.mts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Templates, policies and events are JSON of many shapes; what matters of them is checked where it is read.
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      // What an interface wants asynchronous may have nothing to wait for.
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
  {
    // The rules that keep Outputs out of strings and conditions need a program's types.
    files: ["index.ts", "infra/**/*.ts"],
    plugins: { "@pulumi": pulumi },
    rules: Object.fromEntries(
      Object.keys(pulumi.rules).map((rule) => [`@pulumi/${rule}`, "error"]),
    ),
  },
  {
    files: ["web/**/*.js"],
    languageOptions: { globals: { document: "readonly", fetch: "readonly" } },
  },
  {
    // CloudFront calls `handler` by its name.
    files: ["infra/cloudfront/*.js"],
    languageOptions: { sourceType: "script" },
    rules: { "no-unused-vars": ["error", { varsIgnorePattern: "^handler$" }], "no-var": "off" },
  },
  prettier,
);
