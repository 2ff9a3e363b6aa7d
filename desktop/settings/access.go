package settings

import (
	"strconv"
	"strings"
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

// TextSize is how large text is, 1 to 2, whatever the file says.
func (o Own) TextSize() float32 { return float32(min(max(o.TextScale, MinText), MaxText)) / 100 }
