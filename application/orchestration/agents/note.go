package agents

import (
	"errors"

	"github.com/adiuva/cloud/domain/chat"
)

// note is the agent for notes.
func note() Agent {
	return Agent{
		Name:        "note_agent",
		Description: "Manages notes (Markdown texts): lists, opens, writes, extends and deletes them.",
		Tools: []Tool{
			read("list_notes", "Lists notes without their text. Use it to find the id of a note.", listNotes),
			read("get_note", "Shows a note with its text. Call it before update_note.", getNote),
			write("create_note", "Creates a note.", createNote),
			write("update_note", "Changes a note. content replaces the whole text: call get_note first and keep what is there.", updateNote),
			erase("delete_note", "Deletes a note for good. Only when the user asks for exactly that.", deleteNote),
		},
	}
}

type listNotesArgs struct {
	ProjectID recordID `json:"project_id,omitempty" jsonschema:"only notes of this project"`
}

func listNotes(t *Turn, a listNotesArgs) (any, error) {
	if err := t.refer(chat.Projects, a.ProjectID); err != nil {
		return nil, err
	}
	rows, err := t.rows(chat.Notes)
	if err != nil {
		return nil, err
	}
	return list(keep(rows, func(row map[string]any) bool { return is(row, "project_id", a.ProjectID) }), "content"), nil
}

type getNoteArgs struct {
	NoteID recordID `json:"note_id" jsonschema:"the note"`
}

func getNote(t *Turn, a getNoteArgs) (any, error) {
	if err := t.refer(chat.Notes, a.NoteID); err != nil {
		return nil, err
	}
	row := t.find(chat.Notes, string(a.NoteID))
	if _, ok := row["content"].(string); !ok {
		return nil, notSentError("the app did not send the text of this note with the message, so it can neither be shown nor replaced; say so")
	}
	t.read[string(a.NoteID)] = true
	return row, nil
}

type createNoteArgs struct {
	Title     title    `json:"title" jsonschema:"the title"`
	Content   markdown `json:"content,omitempty" jsonschema:"the text, in Markdown"`
	ProjectID recordID `json:"project_id,omitempty" jsonschema:"the project that it belongs to"`
}

func createNote(t *Turn, a createNoteArgs) (any, error) {
	if err := t.refer(chat.Projects, a.ProjectID); err != nil {
		return nil, err
	}
	f := fields{"title": string(a.Title), "content": string(a.Content)}
	text(f, "project_id", a.ProjectID)
	return t.indexed(t.create(chat.Notes, f))
}

type updateNoteArgs struct {
	NoteID    recordID `json:"note_id" jsonschema:"the note"`
	Title     title    `json:"title,omitempty" jsonschema:"the new title"`
	Content   markdown `json:"content,omitempty" jsonschema:"the whole new text, in Markdown"`
	ProjectID recordID `json:"project_id,omitempty" jsonschema:"the project to move it to; none takes it out of its project"`
}

func updateNote(t *Turn, a updateNoteArgs) (any, error) {
	if err := t.refer(chat.Notes, a.NoteID); err != nil {
		return nil, err
	}
	if err := t.referOrNone(chat.Projects, a.ProjectID); err != nil {
		return nil, err
	}
	if a.Content != "" && !t.hasText(a.NoteID) {
		return nil, errors.New("the text of this note is not known here and would be lost: call get_note first, and keep what is there")
	}
	f := fields{}
	text(f, "title", a.Title)
	text(f, "content", a.Content)
	reference(f, "project_id", a.ProjectID)
	return t.indexed(t.update(chat.Notes, a.NoteID, f))
}

// hasText reports whether whoever writes the note anew can know its text: it was read or written in this answer, or stands in the
// context.
func (t *Turn) hasText(id recordID) bool {
	_, sent := t.find(chat.Notes, string(id))["content"].(string)
	return sent || t.read[string(id)] || t.made[string(id)]
}

// indexed adds, to a note that was written, the wish to index it for search.
func (t *Turn) indexed(written done, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	id := chat.ID(written.Data)
	t.actions = append(t.actions, chat.Action{Type: chat.IndexDocument, Table: chat.Notes, Data: map[string]any{"id": id}})
	return written, nil
}

type deleteNoteArgs struct {
	NoteID recordID `json:"note_id" jsonschema:"the note"`
}

func deleteNote(t *Turn, a deleteNoteArgs) (any, error) { return t.remove(chat.Notes, a.NoteID) }
