package agents

import (
	"github.com/adiuva/cloud/domain/chat"
)

// project is the agent for projects.
func project() Agent {
	return Agent{
		Name:        "project_agent",
		Description: "Manages projects: lists, opens, creates, renames, archives and deletes them.",
		Tools: []Tool{
			read("list_projects", "Lists the active projects, or those of one client.", listProjects),
			read("list_all_projects", "Lists all projects, archived ones too.", listAllProjects),
			read("get_project", "Shows one project.", getProject),
			write("create_project", "Creates a project.", createProject),
			write("update_project", "Renames, archives or reactivates a project. Give only what changes.", updateProject),
			erase("delete_project", "Deletes a project for good. Prefer to archive: call update_project with the status archived, unless the user insists on deleting.", deleteProject),
		},
	}
}

type listProjectsArgs struct {
	ClientID        recordID `json:"client_id,omitempty" jsonschema:"only projects of this client"`
	IncludeArchived *flag    `json:"include_archived,omitempty" jsonschema:"1 to list archived projects too"`
}

func listProjects(t *Turn, a listProjectsArgs) (any, error) {
	if err := t.refer(chat.Clients, a.ClientID); err != nil {
		return nil, err
	}
	rows, err := t.rows(chat.Projects)
	if err != nil {
		return nil, err
	}
	archivedToo := a.IncludeArchived != nil && *a.IncludeArchived == 1
	return list(keep(rows, func(row map[string]any) bool {
		return is(row, "client_id", a.ClientID) && (archivedToo || word(row, "status") != "archived")
	})), nil
}

func listAllProjects(t *Turn, _ noArgs) (any, error) {
	rows, err := t.rows(chat.Projects)
	if err != nil {
		return nil, err
	}
	return list(rows), nil
}

type getProjectArgs struct {
	ProjectID recordID `json:"project_id" jsonschema:"the project"`
}

func getProject(t *Turn, a getProjectArgs) (any, error) {
	if err := t.refer(chat.Projects, a.ProjectID); err != nil {
		return nil, err
	}
	row := t.find(chat.Projects, string(a.ProjectID))
	if row == nil {
		return nil, notSentError("the app did not send this project with the message, so it cannot be shown; say so")
	}
	return row, nil
}

type createProjectArgs struct {
	Name     title    `json:"name" jsonschema:"the project's name"`
	ClientID recordID `json:"client_id,omitempty" jsonschema:"the client that it is for"`
}

func createProject(t *Turn, a createProjectArgs) (any, error) {
	if err := t.refer(chat.Clients, a.ClientID); err != nil {
		return nil, err
	}
	f := fields{"name": string(a.Name), "status": "active"}
	text(f, "client_id", a.ClientID)
	return t.create(chat.Projects, f)
}

type updateProjectArgs struct {
	ProjectID recordID      `json:"project_id" jsonschema:"the project"`
	Name      title         `json:"name,omitempty" jsonschema:"the new name"`
	ClientID  recordID      `json:"client_id,omitempty" jsonschema:"the client that it is for; none takes it away"`
	Status    projectStatus `json:"status,omitempty" jsonschema:"archived puts it away, active brings it back"`
}

func updateProject(t *Turn, a updateProjectArgs) (any, error) {
	if err := t.refer(chat.Projects, a.ProjectID); err != nil {
		return nil, err
	}
	if err := t.referOrNone(chat.Clients, a.ClientID); err != nil {
		return nil, err
	}
	f := fields{}
	text(f, "name", a.Name)
	text(f, "status", a.Status)
	reference(f, "client_id", a.ClientID)
	return t.update(chat.Projects, a.ProjectID, f)
}

type deleteProjectArgs struct {
	ProjectID recordID `json:"project_id" jsonschema:"the project"`
}

func deleteProject(t *Turn, a deleteProjectArgs) (any, error) {
	return t.remove(chat.Projects, a.ProjectID)
}
