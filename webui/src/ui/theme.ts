import { theme as antd, type ThemeConfig } from "antd";

export type ThemeName = "light" | "dark";

/** The values of tokens.css that antd needs as numbers of its own; a test compares the two. */
export const palette = {
  light: {
    bg: "#f7f6f3", surface: "#ffffff", sunken: "#f3f1ed", raised: "#ffffff", hover: "#f4f2ee", selected: "#eef1fd",
    line: "#e7e4de", line2: "#d2cec5", line3: "#928c82", text: "#1d1b18", text2: "#55514a", text3: "#6b665d",
    dis: "#a8a39a", mask: "rgba(29, 27, 24, 0.36)", pri: "#3350cc", priH: "#2943b0", priS: "#edf0fd", priL: "#c4cdf7",
    priT: "#2b45b8", ok: "#1f7a4d", warn: "#b26a00", err: "#c0392b", errS: "#fceeeb", errL: "#f2c3bc",
    errT: "#a32e22", neuS: "#f0eee9", neuL: "#dedad2", neuT: "#4a463f",
  },
  dark: {
    bg: "#141312", surface: "#1b1a18", sunken: "#171614", raised: "#252320", hover: "#24221f", selected: "#232a4a",
    line: "#2f2d29", line2: "#45423c", line3: "#777166", text: "#ece9e3", text2: "#b8b3a9", text3: "#a29b8f",
    dis: "#645f56", mask: "rgba(0, 0, 0, 0.5)", pri: "#4a66e4", priH: "#5d78f0", priS: "#222a4d", priL: "#3a4780",
    priT: "#a6b5ff", ok: "#3fa873", warn: "#d89a3c", err: "#e06a5c", errS: "#3b1d19", errL: "#65302a",
    errT: "#f5a094", neuS: "#2a2825", neuL: "#403d38", neuT: "#ccc7bd",
  },
} as const;

const SANS = '"Inter Variable", "PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
const MONO = '"JetBrains Mono Variable", "SF Mono", Consolas, monospace';

/** Whether nothing shall move. Without this, dialogs would wait for the end of movements that never begin. */
const isStill = (): boolean => typeof matchMedia === "function" && matchMedia("(prefers-reduced-motion: reduce)").matches;

/** What antd gets, so that its controls look as the design says. isTouch: for fingers, on a phone. */
export function antdTheme(name: ThemeName, isTouch = false): ThemeConfig {
  const p = palette[name];
  const heights = isTouch
    ? { controlHeight: 44, controlHeightSM: 40, controlHeightLG: 48 }
    : { controlHeight: 32, controlHeightSM: 28, controlHeightLG: 40 };
  return {
    algorithm: name === "dark" ? antd.darkAlgorithm : antd.defaultAlgorithm,
    token: {
      colorPrimary: p.pri, colorPrimaryHover: p.priH, colorPrimaryActive: p.priH, colorPrimaryBg: p.priS,
      colorPrimaryBgHover: p.selected, colorPrimaryBorder: p.priL, colorPrimaryText: p.priT, colorLink: p.priT,
      colorLinkHover: p.priH, colorInfo: p.pri, colorSuccess: p.ok, colorWarning: p.warn, colorError: p.err,
      colorErrorBg: p.errS, colorErrorBorder: p.errL, colorErrorText: p.errT, colorText: p.text,
      colorTextSecondary: p.text2, colorTextTertiary: p.text3, colorTextQuaternary: p.text3,
      colorTextPlaceholder: p.text3, colorTextDisabled: p.text3, colorTextDescription: p.text3,
      colorBgLayout: p.bg, colorBgContainer: p.surface, colorBgElevated: p.raised, colorBgMask: p.mask,
      colorBgContainerDisabled: p.neuS, colorBgTextHover: p.hover, colorBgTextActive: p.neuL,
      colorBorder: p.line3, colorBorderSecondary: p.line, colorBorderDisabled: p.line2, colorSplit: p.line,
      colorFillTertiary: p.sunken, colorFillQuaternary: p.sunken, colorFillSecondary: p.neuS, colorFill: p.neuL,
      controlItemBgHover: p.hover, controlItemBgActive: p.selected, controlItemBgActiveHover: p.selected,
      controlOutline: p.priS === "#edf0fd" ? "rgba(51, 80, 204, 0.18)" : "rgba(74, 102, 228, 0.35)",
      controlOutlineWidth: 3, borderRadius: 6, borderRadiusXS: 4, borderRadiusSM: 4, borderRadiusLG: 8,
      ...heights, fontSize: 13, fontSizeSM: 12, fontSizeLG: 14,
      lineHeight: 20 / 13, fontFamily: SANS, fontFamilyCode: MONO, motionDurationFast: "0.12s",
      motionDurationMid: "0.18s", motionDurationSlow: "0.24s", motionEaseInOut: "cubic-bezier(.2,0,0,1)",
      wireframe: false, motion: !isStill(), boxShadow: "var(--sh2)", boxShadowSecondary: "var(--sh2)", boxShadowTertiary: "var(--sh1)",
    },
    components: {
      Button: {
        defaultBorderColor: p.line2, defaultShadow: "none", primaryShadow: "none", dangerShadow: "none",
        fontWeight: 500, defaultHoverBg: p.hover, defaultHoverBorderColor: p.line3, defaultHoverColor: p.text,
        defaultActiveBg: p.neuS, defaultActiveBorderColor: p.line3, defaultActiveColor: p.text,
        borderRadiusLG: 6, borderRadiusSM: 6, paddingInline: 11, paddingInlineSM: 9, contentFontSizeSM: 13, textHoverBg: p.hover, textTextColor: p.text2,
        textTextHoverColor: p.text, borderColorDisabled: p.line2, defaultBgDisabled: p.neuS,
      },
      Table: {
        headerBg: p.sunken, headerColor: p.text2, cellPaddingBlock: 8, cellPaddingInline: 12,
        headerSplitColor: "transparent", rowHoverBg: p.hover, rowSelectedBg: p.selected,
        rowSelectedHoverBg: p.selected, borderColor: p.line,
      },
      Tabs: { horizontalItemGutter: 20, lineWidthBold: 2, itemColor: p.text2, horizontalItemPadding: "12px 0" },
      Segmented: {
        trackBg: p.neuS, itemSelectedBg: p.raised, trackPadding: 2, itemColor: p.text2, itemHoverColor: p.text,
      },
      Modal: { borderRadiusLG: 12, titleFontSize: 16, titleLineHeight: 1.5, headerBg: p.raised, contentBg: p.raised },
      Drawer: { padding: 16, paddingLG: 20, colorBgElevated: p.surface },
      Switch: { colorTextQuaternary: p.line3, colorTextTertiary: p.line3, trackHeight: 18, handleSize: 14, trackMinWidth: 32 },
      Select: { optionSelectedBg: p.selected, optionActiveBg: p.hover, optionPadding: "6px 12px", optionHeight: 32 },
      Input: { borderRadiusLG: 6, activeShadow: "0 0 0 3px var(--priS)", errorActiveShadow: "0 0 0 3px var(--errS)", paddingInline: 10 },
      InputNumber: { activeShadow: "0 0 0 3px var(--priS)", errorActiveShadow: "0 0 0 3px var(--errS)" },
      DatePicker: { activeShadow: "0 0 0 3px var(--priS)", errorActiveShadow: "0 0 0 3px var(--errS)" },
      Checkbox: { borderRadiusSM: 4, controlInteractiveSize: 16 },
      Tooltip: { colorBgSpotlight: name === "dark" ? "#45423c" : "#24221f", fontSize: 12 },
      Form: { labelColor: p.text2, labelFontSize: 12, itemMarginBottom: 16, verticalLabelPadding: "0 0 4px" },
      Dropdown: { paddingBlock: 6, controlItemBgHover: p.hover },
      Menu: { itemSelectedBg: p.selected, itemSelectedColor: p.priT },
    },
  };
}
