/** Everything that is loaded for this language: our texts, and those of the controls. */
export { default as controls } from "antd/locale/zh_CN";
export { default as texts } from "./zh-CN.json";
