package tickettemplate

import (
	"errors"
	"testing"
)

func TestBadTemplatesAreFoundAtStart(t *testing.T) {
	_, errs := New(map[string]Text{
		"a": {Title: "{{.Caller.Nam}}"}, "b": {Body: "{{if}}"}, "c": {Title: "{{.Caller.Company}}"},
	})
	if len(errs) != 2 {
		t.Fatalf("%d errors, want 2: %v", len(errs), errs)
	}
	for _, err := range errs {
		var e *Error
		if !errors.As(err, &e) || e.Name == "a" && e.Field != "title" || e.Name == "b" && e.Field != "body" {
			t.Errorf("%v", err)
		}
	}
}
