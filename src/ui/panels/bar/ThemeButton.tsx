import { Monitor, Moon, Sun } from "lucide-react";
import { useEffect, useState } from "react";
import controls from "../../parts/controls.module.css";
import { remember, remembered } from "../../parts/remembered";

const themes = ["system", "light", "dark"] as const;
type Theme = (typeof themes)[number];
const icons = { system: Monitor, light: Sun, dark: Moon } satisfies Record<Theme, unknown>;

const KEY = "theme";

function usual(): Theme {
  const theme = remembered(KEY) as Theme | null;
  return theme && themes.includes(theme) ? theme : "system";
}

/** Light, dark, or as the system is. */
export function ThemeButton() {
  const [theme, setTheme] = useState(usual);
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme;
    remember(KEY, theme);
  }, [theme]);
  const Icon = icons[theme];
  const next = themes[(themes.indexOf(theme) + 1) % themes.length]!;
  return (
    <button
      type="button"
      className={controls.icon}
      aria-label={`Theme: ${theme}`}
      title={`Theme: ${theme}; press for ${next}`}
      onClick={() => setTheme(next)}
    >
      <Icon size={15} />
    </button>
  );
}
