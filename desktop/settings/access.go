package settings

import (
	"strconv"
	"strings"

	"traybell/desktop/hotkey"
)

// HighContrast is the value of Own.Contrast that overrides the system's.
const HighContrast = "high"

// Values of Own.Theme that override the system's.
const (
	Light = "light"
	Dark  = "dark"
)

// Limits of the text size, in percent.
const (
	MinText = 100
	MaxText = 200
)

// CheckTextScale parses a text size in percent. An empty text is 0, the default.
func CheckTextScale(text string) (int, *Problem) {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < MinText || n > MaxText {
		return 0, &Problem{Key: "problem.scale", Places: map[string]any{"Least": MinText, "Most": MaxText}}
	}
	return n, nil
}

// CheckHotkey returns the problem with a hotkey, or nil. An empty text is no hotkey.
func CheckHotkey(text string) *Problem {
	if _, err := hotkey.Parse(text); err != nil {
		return problem("problem.hotkey")
	}
	return nil
}

// TextSize is the text scale, always 1 to 2.
func (o Own) TextSize() float32 { return float32(min(max(o.TextScale, MinText), MaxText)) / 100 }
