package api

import (
	"context"
	"net/http"

	"traybell/hub/access"
	"traybell/hub/fail"
	"traybell/hub/pace"
	"traybell/hub/recordings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const recordingTag = "Recordings"

type oneRecording struct {
	Call      string `path:"call" maxLength:"256" doc:"id"`
	Recording string `path:"recording" maxLength:"64" doc:"id"`
	Original  bool   `query:"original" doc:"true: the file as the PBX wrote it, also if browsers do not play it"`
}

type recordingsOf struct {
	Number string `query:"number" required:"true" minLength:"1" maxLength:"50" doc:"in any notation"`
}

type deleteRecordings struct {
	Body struct {
		Number string `json:"number" minLength:"1" maxLength:"50" doc:"in any notation"`
	}
}

func registerRecordings(to registrar, s *recordings.Service) {
	answer(to, access.Recordings, http.MethodGet, "listRecordings", "/calls/{call}/recordings", recordingTag,
		"Recordings of a call", func(ctx context.Context, p access.Principal, in *oneCall) (recordings.Listing, error) {
			return s.List(ctx, p, in.Call)
		})
	add(to, access.Recordings, huma.Operation{
		OperationID: "getRecording", Method: http.MethodGet, Path: "/calls/{call}/recordings/{recording}",
		Tags: []string{recordingTag}, Summary: "A recording, or the range of it that the request wants",
		Responses: map[string]*huma.Response{"200": {
			Description: "OK",
			Content: map[string]*huma.MediaType{
				"audio/wav": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
			},
		}},
	}, func(ctx context.Context, p access.Principal, in *oneRecording) (*huma.StreamResponse, error) {
		give, ok := to.server.downloads.Take(string(p.Kind) + " " + p.Name)
		if !ok {
			return nil, &fail.Error{Code: fail.Busy, Text: "Too many recordings are being sent.", Retry: true}
		}
		audio, err := s.Open(ctx, p, in.Call, in.Recording, in.Original)
		if err != nil {
			give()
			return nil, err
		}
		return &huma.StreamResponse{Body: func(stream huma.Context) {
			defer give()
			defer func() { _ = audio.Close() }()
			leave(ctx) // it may take hours
			r, w := humago.Unwrap(stream)
			w.Header().Set("Content-Type", audio.Type)
			http.ServeContent(pace.NewWriter(w, pace.OfPlayers), r, "", audio.Modified, audio)
		}}, nil
	})
	act(to, access.Recordings, http.MethodPost, "revokeLinks", "/calls/{call}/links/revoke", recordingTag,
		"Make the links to a call's recordings void that were made until now",
		func(ctx context.Context, p access.Principal, in *oneCall) error { return s.Revoke(ctx, p, in.Call) })
	answer(to, access.Admin, http.MethodGet, "findRecordings", "/recordings", recordingTag,
		"Recordings of all calls with a number",
		func(ctx context.Context, p access.Principal, in *recordingsOf) (recordings.Erased, error) {
			return s.Of(ctx, p, in.Number)
		})
	answer(to, access.Admin, http.MethodPost, "deleteRecordings", "/recordings/delete", recordingTag,
		"Delete the recordings of all calls with a number",
		func(ctx context.Context, p access.Principal, in *deleteRecordings) (recordings.Erased, error) {
			return s.Erase(ctx, p, in.Body.Number)
		})
}
