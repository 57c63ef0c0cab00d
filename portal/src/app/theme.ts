import {
  ActionIcon,
  Alert,
  Anchor,
  Button,
  createTheme,
  Input,
  Menu,
  Modal,
  Notification,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from "@mantine/core";

const pine: MantineColorsTuple = [
  "#eef6f2",
  "#dbeae3",
  "#b9d7ca",
  "#93c3ae",
  "#74b297",
  "#5ea588",
  "#3f8f70",
  "#2b7a5c",
  "#1c6349",
  "#124a36",
];
const stone: MantineColorsTuple = [
  "#f7f7f4",
  "#efefea",
  "#e3e3dc",
  "#d0d0c7",
  "#b3b3a8",
  "#8d8d82",
  "#5f6059",
  "#4a4b45",
  "#33342f",
  "#1f201d",
];
const night: MantineColorsTuple = [
  "#ecece6",
  "#cfcfc8",
  "#b0b0a8",
  "#85857d",
  "#4b4c47",
  "#393a36",
  "#2a2b28",
  "#1d1e1c",
  "#161715",
  "#0f100e",
];
const brick: MantineColorsTuple = [
  "#fcf0ec",
  "#f6dcd4",
  "#ecb9aa",
  "#e19580",
  "#d8775d",
  "#cd5f43",
  "#bb4c31",
  "#a63e26",
  "#8c321d",
  "#6d2415",
];

export const serif = "'Newsreader Variable', Georgia, 'Times New Roman', serif";

export const theme = createTheme({
  primaryColor: "pine",
  primaryShade: { light: 8, dark: 7 },
  colors: { pine, brick, gray: stone, dark: night },
  black: "#1f201d",
  autoContrast: true,
  luminanceThreshold: 0.35,
  fontFamily: "'Instrument Sans Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  headings: {
    fontFamily: serif,
    fontWeight: "500",
    sizes: {
      h1: { fontSize: "2.125rem", lineHeight: "1.15" },
      h2: { fontSize: "1.375rem", lineHeight: "1.25" },
      h3: { fontSize: "1.125rem", lineHeight: "1.3" },
    },
  },
  defaultRadius: "sm",
  cursorType: "pointer",
  focusRing: "auto",
  components: {
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: "subtle", color: "gray" } }),
    Alert: Alert.extend({
      defaultProps: { variant: "light", radius: "md", role: "note" },
      styles: { title: { fontWeight: 600 } },
    }),
    Anchor: Anchor.extend({ defaultProps: { underline: "hover" } }),
    Button: Button.extend({ defaultProps: { fw: 550 } }),
    Input: Input.extend({ defaultProps: { size: "sm" } }),
    InputWrapper: Input.Wrapper.extend({
      styles: { label: { marginBottom: 4, fontWeight: 550 }, description: { marginBottom: 4 } },
    }),
    // Without a portal, a menu stays inside the header's landmark.
    Menu: Menu.extend({
      defaultProps: { withinPortal: false, withInitialFocusPlaceholder: false },
    }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        closeButtonProps: { "aria-label": "Close dialog" },
        radius: "md",
        overlayProps: { backgroundOpacity: 0.45 },
      },
      styles: { title: { fontFamily: serif, fontSize: "1.375rem", fontWeight: 500 } },
    }),
    // A dialog's <header> must not count as the banner of the page.
    ModalHeader: Modal.Header.extend({ defaultProps: { role: "none" } }),
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: { "aria-label": "Dismiss" } },
    }),
  },
});

/** The portal's own colours for both schemes. All text has a contrast of at least 4.5:1. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#fdfdfb",
    "--mantine-color-dimmed": "#5f6059",
    "--mantine-color-placeholder": "#73746c",
    "--mantine-color-error": "#a63e26",
    "--smp-line": "#e3e3dc",
    "--smp-sunken": "#f5f5f1",
    "--smp-raised": "#ffffff",
    "--smp-hover": "#f1f1ec",
    "--smp-good": "#2b7a5c",
    "--smp-wait": "#b07a12",
    "--smp-bad": "#bb4c31",
    "--smp-quiet": "#8d8d82",
    "--smp-added": "#d9efe2",
    "--smp-removed": "#fbe0d8",
    "--smp-changed": "#fdf3d9",
    "--smp-chart-main": "#1c6349",
    "--smp-chart-second": "#c9803a",
  },
  dark: {
    "--mantine-color-body": "#161715",
    "--mantine-color-dimmed": "#a9a99f",
    "--mantine-color-placeholder": "#94948b",
    "--mantine-color-error": "#e99b87",
    "--mantine-color-gray-light": "#222320",
    "--mantine-color-gray-light-color": "#ecece6",
    "--smp-line": "#31322e",
    "--smp-sunken": "#1c1d1b",
    "--smp-raised": "#1d1e1c",
    "--smp-hover": "#252623",
    "--smp-good": "#74b297",
    "--smp-wait": "#dcae5a",
    "--smp-bad": "#e19580",
    "--smp-quiet": "#85857d",
    "--smp-added": "#1d3d30",
    "--smp-removed": "#4d251b",
    "--smp-changed": "#2c281c",
    "--smp-chart-main": "#74b297",
    "--smp-chart-second": "#e0a468",
  },
});
