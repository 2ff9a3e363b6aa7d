package caller

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/fail"
	"traybell/hub/freetext"
	"traybell/shared/phone"
	"traybell/shared/printable"
	"traybell/shared/protocol"
)

// Bounds of what agents may write about a number, in characters.
const (
	longestNumber = 200
	MaxComment    = 1000
)

// NewCategory checks what somebody wants to set, and returns the category with its author.
func NewCategory(in protocol.SetCategory, numbers *phone.Reader, author string, now time.Time,
) (protocol.Category, error) {
	var none protocol.Category
	if !slices.Contains([]protocol.Color{protocol.Neutral, protocol.Green, protocol.Yellow, protocol.Red}, in.Color) {
		return none, fail.New(protocol.CategoryUnknown, fmt.Sprintf("%.40q", in.Color))
	}
	if len(in.Number) > longestNumber {
		return none, fail.New(protocol.TextTooLong, strconv.Itoa(longestNumber))
	}
	number := numbers.Typed(in.Number)
	if number.Key() == "" || number.Kind == phone.Withheld {
		return none, fail.New(protocol.NumberWithheld, "")
	}
	if strings.ContainsFunc(number.Key(), func(r rune) bool { return !printable.Visible(r) }) {
		return none, fail.New(protocol.ActionInvalid, "").Explain("The number has characters that cannot be printed.")
	}
	comment, err := freetext.Clean("comment", in.Comment, MaxComment)
	if err != nil {
		return none, err
	}
	return protocol.Category{
		Number: number.Key(), Color: in.Color, Comment: comment, Author: author, Changed: now.UTC(),
	}, nil
}

// Newer returns the later of two categories: an agent may have changed it since it was read.
func Newer(shown, read protocol.Category) protocol.Category {
	if shown.Changed.After(read.Changed) {
		return shown
	}
	return read
}
