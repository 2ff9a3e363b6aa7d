package control

import "fyne.io/fyne/v2/widget"

// Choice is a select with a value for each name.
type Choice struct {
	*widget.Select
	values []string
}

// NewChoice selects current, or the first value.
func NewChoice(names, values []string, current string) *Choice {
	c := &Choice{Select: widget.NewSelect(names, nil), values: values}
	c.SetSelectedIndex(0)
	for i, v := range values {
		if v == current {
			c.SetSelectedIndex(i)
		}
	}
	return c
}

// Value is the value of the selected name.
func (c *Choice) Value() string { return c.values[max(c.SelectedIndex(), 0)] }
