package jsonplace_test

import (
	"testing"

	"traybell/hub/jsonplace"

	"github.com/google/go-cmp/cmp"
)

const contact = `{"id": 12345678901234567, "name": "Ivan", "@odata.nextLink": "/next", "empty": null, "none": [],
	"phones": [{"type": "work", "number": "+7 495 1"}, {"type": "mobile", "number": 79161}, {"type": "fax"}],
	"emails": ["a@example.com", "", "b@example.com"],
	"fields": [{"code": "PHONE", "values": [{"value": "1"}, {"value": "2"}]}, {"code": "POSITION", "values": []}]}`

func TestPlaces(t *testing.T) {
	value := jsonplace.Decode([]byte(contact))
	for place, want := range map[string]string{
		"id": "12345678901234567", "@odata.nextLink": "/next", "phones.1.number": "79161", "empty|name": "Ivan",
		"emails.0": "a@example.com", "phones": "", "phones.9.number": "", "name.x": "", "missing": "",
	} {
		if got, ok := jsonplace.Text(value, place); got != want || ok != (want != "") {
			t.Errorf("Text(%q) = %q, %v", place, got, ok)
		}
	}
	for place, want := range map[string][]string{
		"phones.number":                   {"+7 495 1", "79161"},
		"phones[type=mobile].number":      {"79161"},
		"phones[type=home].number|name":   {"Ivan"},
		"phones.0.number":                 {"+7 495 1"},
		"phones.9.number":                 nil,
		"emails":                          {"a@example.com", "b@example.com"},
		"fields[code=PHONE].values.value": {"1", "2"},
		"id":                              {"12345678901234567"},
		"@odata.nextLink":                 {"/next"},
		"none":                            nil,
		"empty":                           nil,
		"name.x":                          nil,
	} {
		if diff := cmp.Diff(want, jsonplace.Texts(value, place)); diff != "" {
			t.Errorf("Texts(%q) (-want +got):\n%s", place, diff)
		}
	}
	if got := jsonplace.Decode([]byte(" not JSON ")); got != "not JSON" {
		t.Errorf("%v", got)
	}
	if _, ok := jsonplace.At(value, "none"); !ok {
		t.Error("an empty list is not there")
	}
}

// Has tells a place that is wrong from one where nothing is.
func TestHas(t *testing.T) {
	value := jsonplace.Decode([]byte(contact))
	for place, want := range map[string]bool{
		"id": true, "ID": false, "empty": true, "empty.x": true, "none.x": true, "name.x": false,
		"phones.number": true, "phones.nubmer": false, "phones.0.number": true, "phones.9.number": true,
		"phones[type=mobile].number": true, "phones[type=mobile].nubmer": false, "phones[type=home].number": true,
		"phones[kind=mobile].number": false, "fax[type=mobile].number": false, "@odata.nextLink": true,
		"fields[code=PHONE].values.value": true, "fields[code=PHONE].value.value": false, "emails": true,
	} {
		if got := jsonplace.Has(value, place); got != want {
			t.Errorf("Has(%q) = %v", place, got)
		}
	}
}

func FuzzPlaces(f *testing.F) {
	for _, place := range []string{"phones[type=mobile].number", "emails.0|name", "[", "a[b", "..", "|"} {
		f.Add(contact, place)
	}
	f.Fuzz(func(_ *testing.T, text, place string) {
		value := jsonplace.Decode([]byte(text))
		jsonplace.Text(value, place)
		jsonplace.Texts(value, place)
		jsonplace.Has(value, place)
	})
}
