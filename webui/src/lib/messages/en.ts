/** Everything that is loaded for this language: our texts, and those of the controls. */
export { default as controls } from "antd/locale/en_US";
export { default as texts } from "./en.json";
