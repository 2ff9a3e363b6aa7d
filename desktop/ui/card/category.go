package card

import (
	"image/color"

	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
)

// CategoryIcon is the icon of a category on cards. Icons differ in shape as well as in colour.
func CategoryIcon(of protocol.Color, look Look) fyne.Resource {
	p := look.palette()
	icon, shade := category(p, of)
	return icons{}.get(icon, shade, p.surface)
}

// categoryTip describes the category: its name, the comment, what a press offers, the author and
// time.
func (c *Card) categoryTip() []string {
	of := c.model.Call.Caller.Category
	tip := []string{c.categoryName(of.Color), of.Comment}
	if c.act.Category != nil {
		tip = append(tip, c.look.Texts.Say("card.category"))
	}
	if of.Author != "" {
		when := of.Changed.Local().Format(c.look.Texts.Say("category.when"))
		places := map[string]any{"Who": oneLine(of.Author), "When": when}
		tip = append(tip, c.look.Texts.SayWith("category.last", places))
	}
	return tip
}

// categoryName is a category's name.
func (c content) categoryName(of protocol.Color) string {
	switch of {
	case protocol.Green:
		return c.look.Texts.Say("category.green")
	case protocol.Yellow:
		return c.look.Texts.Say("category.yellow")
	case protocol.Red:
		return c.look.Texts.Say("category.red")
	}
	return c.look.Texts.Say("category.neutral")
}

func category(p palette, color protocol.Color) (icon string, shade color.NRGBA) {
	switch color {
	case protocol.Green:
		return iconGreen, p.green
	case protocol.Yellow:
		return iconYellow, p.amber
	case protocol.Red:
		return iconRed, p.red
	}
	return iconNeutral, p.muted
}
