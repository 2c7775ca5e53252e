package agents

import (
	"slices"

	"github.com/adiuva/cloud/domain/chat"
)

// checkpoint is the agent for the milestones of projects.
func checkpoint() Agent {
	return Agent{
		Name:        "checkpoint_agent",
		Description: "Manages the checkpoints (milestones) of projects: lists, creates, moves, renames, approves and deletes them.",
		Tools: []Tool{
			read("list_checkpoints", "Lists checkpoints by date. Use it to find the id of a checkpoint.", listCheckpoints),
			write("create_checkpoint", "Creates a checkpoint in a project. Your own ideas carry is_ai_suggested and wait for the user's approval.", createCheckpoint),
			write("update_checkpoint", "Changes a checkpoint. Give only what changes.", updateCheckpoint),
			erase("delete_checkpoint", "Deletes a checkpoint for good. Only when the user asks for exactly that.", deleteCheckpoint),
		},
	}
}

type listCheckpointsArgs struct {
	ProjectID recordID `json:"project_id,omitempty" jsonschema:"only checkpoints of this project"`
}

func listCheckpoints(t *Turn, a listCheckpointsArgs) (any, error) {
	if err := t.refer(chat.Projects, a.ProjectID); err != nil {
		return nil, err
	}
	rows, err := t.rows(chat.Checkpoints)
	if err != nil {
		return nil, err
	}
	found := keep(rows, func(row map[string]any) bool { return is(row, "project_id", a.ProjectID) })
	slices.SortStableFunc(found, byMoment("date"))
	return list(found), nil
}

type createCheckpointArgs struct {
	ProjectID     recordID `json:"project_id" jsonschema:"the project; ask the user if it is not clear"`
	Title         title    `json:"title" jsonschema:"what is reached then"`
	Date          *millis  `json:"date,omitempty" jsonschema:"when, in milliseconds since 1970; left out or -1 for no date yet"`
	IsAISuggested *flag    `json:"is_ai_suggested,omitempty" jsonschema:"1 if this is your own idea and the user did not ask for it"`
	IsApproved    *flag    `json:"is_approved,omitempty" jsonschema:"0 if the user still has to approve it"`
}

func createCheckpoint(t *Turn, a createCheckpointArgs) (any, error) {
	if err := t.refer(chat.Projects, a.ProjectID); err != nil {
		return nil, err
	}
	f := fields{"project_id": string(a.ProjectID), "title": string(a.Title)}
	if err := f.moment("date", a.Date); err != nil {
		return nil, err
	}
	f.suggestion(a.IsAISuggested, a.IsApproved)
	return t.create(chat.Checkpoints, f)
}

type updateCheckpointArgs struct {
	CheckpointID  recordID `json:"checkpoint_id" jsonschema:"the checkpoint"`
	Title         title    `json:"title,omitempty" jsonschema:"the new title"`
	Date          *millis  `json:"date,omitempty" jsonschema:"when, in milliseconds since 1970; -1 leaves it unchanged, 0 takes it away"`
	ProjectID     recordID `json:"project_id,omitempty" jsonschema:"the project to move it to"`
	IsAISuggested *flag    `json:"is_ai_suggested,omitempty" jsonschema:"-1 leaves it unchanged"`
	IsApproved    *flag    `json:"is_approved,omitempty" jsonschema:"1 when the user approves a suggestion; -1 leaves it unchanged"`
}

func updateCheckpoint(t *Turn, a updateCheckpointArgs) (any, error) {
	if err := t.refer(chat.Checkpoints, a.CheckpointID); err != nil {
		return nil, err
	}
	if err := t.refer(chat.Projects, a.ProjectID); err != nil {
		return nil, err
	}
	f := fields{}
	text(f, "title", a.Title)
	text(f, "project_id", a.ProjectID)
	f.flag("is_ai_suggested", a.IsAISuggested)
	f.flag("is_approved", a.IsApproved)
	if err := f.moment("date", a.Date); err != nil {
		return nil, err
	}
	return t.update(chat.Checkpoints, a.CheckpointID, f)
}

type deleteCheckpointArgs struct {
	CheckpointID recordID `json:"checkpoint_id" jsonschema:"the checkpoint"`
}

func deleteCheckpoint(t *Turn, a deleteCheckpointArgs) (any, error) {
	return t.remove(chat.Checkpoints, a.CheckpointID)
}
