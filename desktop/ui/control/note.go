package control

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Note is a small text. It takes no space if empty.
type Note struct {
	*widget.RichText
	text *widget.TextSegment
}

// NewNote creates an empty note.
func NewNote() *Note {
	text := &widget.TextSegment{Style: widget.RichTextStyle{SizeName: theme.SizeNameCaptionText}}
	n := &Note{RichText: widget.NewRichText(text), text: text}
	n.Wrapping = fyne.TextWrapWord
	n.Hide()
	return n
}

// Text is the text shown.
func (n *Note) Text() string { return n.text.Text }

// Set shows a text in a colour of the theme.
func (n *Note) Set(text string, color fyne.ThemeColorName) {
	n.text.Text, n.text.Style.ColorName = text, color
	if text == "" {
		n.Hide()
	} else {
		n.Show()
	}
	n.Refresh()
}

// Caption is a constant note.
func Caption(text string) *Note {
	n := NewNote()
	n.Set(text, theme.ColorNamePlaceHolder)
	return n
}
