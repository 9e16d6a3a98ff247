"""Who is tied to whom, how strongly and why; and what reaches a person through their ties."""
