"""What the pages share; knows `dcgan`, and Streamlit."""
