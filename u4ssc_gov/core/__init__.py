"""What every room stands on: time, database, errors, actor, duty, text. Knows neither Flask nor any room."""
