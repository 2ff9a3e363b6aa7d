package settings

import (
	"strconv"
	"strings"

	"traybell/desktop/hotkey"
)

// HighContrast is Own's Contrast where the agent wants it whatever the system says.
const HighContrast = "high"

// The bounds of the size of text, in per cent.
const (
	MinText = 100
	MaxText = 200
)

// CheckTextScale reads the size of text in per cent; an empty one is 0, as it comes.
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

// CheckHotkey tells what is wrong with a combination of keys, nil for nothing; an empty text is
// none.
func CheckHotkey(text string) *Problem {
	if _, err := hotkey.Parse(text); err != nil {
		return problem("problem.hotkey")
	}
	return nil
}

// TextSize is how large text is, 1 to 2, whatever the file says.
func (o Own) TextSize() float32 { return float32(min(max(o.TextScale, MinText), MaxText)) / 100 }
