package calldata

import (
	"strings"
	"testing"

	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

func TestWhoSeesData(t *testing.T) {
	fields := []*Field{
		{Name: "contract", Label: "Contract", Show: ShowAll},
		{Name: "pin", Label: "PIN", Show: ShowCard},
		{Name: "token", Show: ShowNone},
		{Name: "ticket", Show: ShowAll},
	}
	v := Values{{fields[0], "1"}, {fields[1], "2"}, {fields[2], "3"}, {fields[3], "#4"}}
	contract := protocol.CallDatum{Name: "contract", Label: "Contract", Value: "1"}
	ticket := protocol.CallDatum{Name: "ticket", Value: "#4"}
	if diff := cmp.Diff([]protocol.CallDatum{
		contract, {Name: "pin", Label: "PIN", Value: "2", Fleeting: true}, ticket,
	}, v.Seen()); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]protocol.CallDatum{contract, ticket}, v.Kept()); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if v.Get("token") != "3" || v.Get("other") != "" {
		t.Error("a value is wrong")
	}
	if diff := cmp.Diff([]protocol.CallDatum{contract, ticket}, Decode(Encode(v.Kept()))); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
}

func TestRecordsAreBounded(t *testing.T) {
	var data []protocol.CallDatum
	for range 20 {
		data = append(data, protocol.CallDatum{Name: "x", Value: strings.Repeat("\"", 200)})
	}
	text := Encode(data)
	if got := Decode(text); len(text) > longestRecord || len(got) < 5 || cmp.Diff(data[:len(got)], got) != "" {
		t.Errorf("%d bytes with %d data", len(text), len(got))
	}
	if Encode(nil) != "" || Decode("") != nil || Decode("{") != nil {
		t.Error("no data are recorded as some")
	}
}
