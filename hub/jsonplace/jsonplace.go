// Package jsonplace finds values in JSON by their place: "request.id", "issues.0.key". "." is the
// whole, and "comments|worklogs" the first of several that is there and not empty. A key may have
// dots itself: "@odata.nextLink".
package jsonplace

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Decode reads JSON. Any other text is a string.
func Decode(body []byte) any {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // ids have more digits than a float
	var value any
	if err := d.Decode(&value); err != nil || d.More() {
		return strings.TrimSpace(string(body))
	}
	return value
}

// At follows a place into a value.
func At(value any, place string) (at any, ok bool) {
	for each := range strings.SplitSeq(place, "|") {
		if found, has := follow(value, each); has {
			if !ok || !Empty(found) {
				at, ok = found, true
			}
			if !Empty(at) {
				break
			}
		}
	}
	return at, ok
}

// Empty reports whether a value is null, or an empty text, list or object.
func Empty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case string:
		return value == ""
	case map[string]any:
		return len(value) == 0
	case []any:
		return len(value) == 0
	}
	return false
}

func follow(value any, place string) (any, bool) {
	for place != "" && place != "." {
		part, rest, _ := strings.Cut(place, ".")
		switch of := value.(type) {
		case map[string]any:
			if whole, ok := of[place]; ok {
				return whole, true
			}
			inside, ok := of[part]
			if !ok {
				return nil, false
			}
			value = inside
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(of) {
				return nil, false
			}
			value = of[i]
		default:
			return nil, false
		}
		place = rest
	}
	return value, true
}

// Text returns the text, number or truth value at a place.
func Text(value any, place string) (text string, ok bool) {
	at, ok := At(value, place)
	if !ok {
		return "", false
	}
	switch at := at.(type) {
	case string:
		return at, true
	case json.Number:
		return at.String(), true
	case bool:
		return strconv.FormatBool(at), true
	}
	return "", false
}

// Texts returns all texts and numbers at a place that are not empty. Of a list it takes all entries
// or, with "phones[type=mobile].number", those with a value.
func Texts(value any, place string) (texts []string) {
	for each := range strings.SplitSeq(place, "|") {
		if texts = collect(value, each); len(texts) > 0 {
			return texts
		}
	}
	return nil
}

func collect(value any, place string) (texts []string) {
	if list, ok := value.([]any); ok {
		part, rest, _ := strings.Cut(place, ".")
		if i, err := strconv.Atoi(part); err == nil {
			if i < 0 || i >= len(list) {
				return nil
			}
			return collect(list[i], rest)
		}
		for _, each := range list {
			texts = append(texts, collect(each, place)...)
		}
		return texts
	}
	if place == "" || place == "." {
		if text, ok := Text(value, ""); ok && text != "" {
			texts = []string{text}
		}
		return texts
	}
	of, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	if whole, ok := of[place]; ok {
		return collect(whole, "")
	}
	part, rest, _ := strings.Cut(place, ".")
	if name, filter, filtered := strings.Cut(strings.TrimSuffix(part, "]"), "["); filtered {
		key, want, _ := strings.Cut(filter, "=")
		list, _ := of[name].([]any)
		for _, each := range list {
			if got, ok := Text(each, key); ok && got == want {
				texts = append(texts, collect(each, rest)...)
			}
		}
		return texts
	}
	return collect(of[part], rest)
}

// Has reports whether a value has the keys of a place for Texts, whatever is there. It is true if a
// list on the way is empty, or has no entry with the value of a filter: what others have is unknown.
func Has(value any, place string) bool {
	if list, ok := value.([]any); ok {
		part, rest, _ := strings.Cut(place, ".")
		if i, err := strconv.Atoi(part); err == nil {
			return i >= len(list) || i >= 0 && Has(list[i], rest)
		}
		return len(list) == 0 || slices.ContainsFunc(list, func(each any) bool { return Has(each, place) })
	}
	if value == nil || place == "" || place == "." {
		return true
	}
	of, ok := value.(map[string]any)
	if !ok {
		return false
	}
	if _, whole := of[place]; whole {
		return true
	}
	part, rest, _ := strings.Cut(place, ".")
	if name, filter, filtered := strings.Cut(strings.TrimSuffix(part, "]"), "["); filtered {
		key, want, _ := strings.Cut(filter, "=")
		list, _ := of[name].([]any)
		matching := slices.DeleteFunc(slices.Clone(list), func(each any) bool {
			got, ok := Text(each, key)
			return ok && got != want
		})
		_, has := of[name]
		return has && (len(matching) == 0 ||
			slices.ContainsFunc(matching, func(each any) bool { return Has(each, key) && Has(each, rest) }))
	}
	inside, ok := of[part]
	return ok && Has(inside, rest)
}
